"""All views there are."""

from typing import Final

from projections.purchase_order_lines import PURCHASE_ORDER_LINES
from projections.stock_movements import STOCK_MOVEMENTS
from projections.stock_position import STOCK_POSITION
from projections.supplier_record import SUPPLIER_RECORD
from projections.view import View

VIEWS: Final[tuple[View, ...]] = (STOCK_POSITION, STOCK_MOVEMENTS, PURCHASE_ORDER_LINES, SUPPLIER_RECORD)
BY_NAME: Final = {view.name: view for view in VIEWS}

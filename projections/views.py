"""All views there are."""

from typing import Final

from projections.decisions import DECISIONS
from projections.network import NETWORK
from projections.order_board import ORDER_BOARD
from projections.pegging import PEGGING
from projections.plans import PLANS
from projections.promises import PROMISES
from projections.purchase_order_lines import PURCHASE_ORDER_LINES
from projections.requisitions import REQUISITIONS
from projections.reservations import RESERVATIONS
from projections.run_board import RUN_BOARD
from projections.shipments import SHIPMENTS
from projections.sites import SITES
from projections.stock_movements import STOCK_MOVEMENTS
from projections.stock_position import STOCK_POSITION
from projections.supplier_record import SUPPLIER_RECORD
from projections.view import View

VIEWS: Final[tuple[View, ...]] = (
    STOCK_POSITION, STOCK_MOVEMENTS, RESERVATIONS, PURCHASE_ORDER_LINES, SUPPLIER_RECORD, ORDER_BOARD, RUN_BOARD,
    SHIPMENTS, NETWORK, PEGGING, PLANS, DECISIONS, PROMISES, REQUISITIONS, SITES,
)
BY_NAME: Final = {view.name: view for view in VIEWS}

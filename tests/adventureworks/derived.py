"""Everything that AdventureWorks' files don't hold, and why it is so here. Nothing else in this package is invented.

Whatever is built on one of these figures (stock in base units, weights, hours of the day, lead times to the hour) is
no finding about AdventureWorks.
"""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TypeVar
from zoneinfo import ZoneInfo

T = TypeVar("T")

# The place. The files tell of one plant without naming it; the company is said to be in Bothell, Washington.
SITE, SITE_NAME, COUNTRY = "plant", "Adventure Works Cycles, Bothell", "US"
ZONE = "America/Los_Angeles"
CURRENCY = "USD"  # no file names a currency

# Codes. UN/CEFACT Recommendation 20, and 21 for packages, for the unit codes that occur. An ounce of paint is taken
# as a fluid ounce, because paint is bought by the gallon.
UNITS = {
    "EA": "EA", "DZ": "DZN", "OZ": "OZA", "GAL": "GLL", "IN": "INH", "G": "GRM", "LB": "LBR",
    "CTN": "CN",  # their "Container"
    "CAN": "CI",  # their "Canister"
    "CS": "CS",  # case
    "PAK": "PK",  # pack
}
NO_BILL_UNIT = "EA"  # parts in no bill have no unit but the vendor's; their stock is taken to be in pieces

# Hours. The files hold days. An order is sent in the morning, goods are booked before noon, a carrier calls in the
# afternoon, and the day's changes to an order's header are done at its end. All in the plant's own time.
ORDERED_AT, RECEIVED_AT, SHIPPED_AT, REVIEWED_AT = time(9), time(10), time(15), time(17)
MIDNIGHT = time(0)

# When goods came. No file says it; a line's last change is taken for its receipt. For 8,788 lines that is the order's
# day + 7, although the order is said to be shipped on day 9; for 57 lines it is 2015-08-12, when somebody touched
# twelve orders at once. Both stay as they are, and are reported.
RECEIPT_STAMP = "ModifiedDate"

# How much was shipped. Only the header says that an order was shipped, so each line is taken to be shipped in full.
SHIPPED_COLUMN = "OrderQty"

# When an order was approved or refused. Only the state in the end is known: approved and complete orders are taken as
# approved when placed; refused ones were refused, and complete ones closed, at the header's last change.
REVIEW_STAMP = "ModifiedDate"

# The stock figures are stamped from 2008 to 2014, but are of one moment for us: the midnight after all else happened.
CUT_OVER = date(2015, 8, 13)

# A bill row's end date is its last day: of 195 successors every one begins on the day after.
LAST_DAY_BELONGS = timedelta(days=1)

# Pack factors: how many base units are in one purchase unit, by the beginning of the part's name. A dozen and a
# gallon need none: 12 pieces and 128 fluid ounces by definition.
PACKS = {
    "Bearing Ball": 1000,  # a container: 10 in each bearing
    "Headset Ball Bearings": 1000,  # a container: 8 in each headset
    "Adjustable Race": 50, "Crown Race": 50, "Lower Head Race": 50,  # a case of rings of some 5 cm
    "Cup-Shaped Race": 80, "Cone-Shaped Race": 80,  # a case; two go into each hub
    "Pinch Bolt": 200,  # a case; 4 or 5 to a bicycle
    "Chainring Bolts": 150, "Chainring Nut": 150,  # a canister: 50 chainrings at 3
    "LL Nipple": 720, "HL Nipple": 720,  # a canister: 20 wheels at 36
    "LL Grip Tape": 160, "ML Grip Tape": 160, "HL Grip Tape": 160,  # inches: a pack is two rolls of 80
    "Keyed Washer": 500, "Flat Washer": 500,  # a container
    "Seat Lug": 40,  # a container of castings
    "Lock Nut": 250, "Hex Nut": 250, "Thin-Jam Lock Nut": 250,  # a container
    "Thin-Jam Hex Nut": 400,  # a case
    "External Lock Washer": 600, "Internal Lock Washer": 600, "Lock Washer": 600,  # a canister
}

# Weights of bought parts, in grams for one base unit, by the beginning of the part's name: what such a thing weighs
# in a shop. Fifteen bought parts carry their own weight, which is used instead.
GRAMS = {
    "Adjustable Race": "24", "Bearing Ball": "2.05", "Headset Ball Bearings": "0.9", "LL Crankarm": "260",
    "ML Crankarm": "240", "HL Crankarm": "215", "Chainring Bolts": "3.2", "Chainring Nut": "2.1", "Chainring": "95",
    "Chain": "295",
    "Crown Race": "16", "Decal": "1.5", "Freewheel": "380", "Flat Washer": "0.6", "Front Derailleur Cage": "38",
    "Front Derailleur Linkage": "41", "Guide Pulley": "12", "LL Grip Tape": "0.7", "ML Grip Tape": "0.65",
    "HL Grip Tape": "0.55", "Thin-Jam Hex Nut": "3", "Hex Nut": "4.5", "Keyed Washer": "2.8",
    "External Lock Washer": "0.7", "Internal Lock Washer": "0.6", "Thin-Jam Lock Nut": "3.4", "Lock Nut": "5",
    "Lock Ring": "14", "Lower Head Race": "21", "Lock Washer": "0.8", "Metal Angle": "900", "Metal Bar": "1250",
    "Metal Plate": "2100", "Metal Sheet": "1600", "Metal Tread Plate": "2600", "LL Nipple": "1", "HL Nipple": "0.35",
    "Paint": "35.5", "Pinch Bolt": "6", "Cup-Shaped Race": "18", "Cone-Shaped Race": "15", "Reflector": "22",
    "LL Spindle/Axle": "190", "HL Spindle/Axle": "140", "LL Shell": "110", "HL Shell": "85", "Spokes": "6.6",
    "Seat Lug": "95", "Seat Post": "310", "Tension Pulley": "12", "Rear Derailleur Cage": "44", "Sport-100": "270",
    "Mountain Bike Socks": "60", "Racing Socks": "45", "AWC Logo Cap": "80", "Long-Sleeve": "240",
    "Short-Sleeve": "180", "Men's": "230", "Women's": "210", "Touring-Panniers": "1900", "Cable Lock": "650",
    "Minipump": "110", "Mountain Pump": "210", "Taillights": "70", "Headlights": "190", "Half-Finger": "55",
    "Full-Finger": "75", "Classic Vest": "150", "Water Bottle": "90", "Mountain Bottle Cage": "55",
    "Road Bottle Cage": "40", "Patch Kit": "35", "Hitch Rack": "16500", "Bike Wash": "1050", "Fender Set": "620",
    "All-Purpose Bike Stand": "7300", "Hydration Pack": "480", "LL Mountain Seat": "420", "ML Mountain Seat": "360",
    "HL Mountain Seat": "290", "LL Road Seat": "380", "ML Road Seat": "320", "HL Road Seat": "240",
    "LL Touring Seat": "450", "ML Touring Seat": "400", "HL Touring Seat": "340", "Mountain Tire Tube": "190",
    "Road Tire Tube": "105", "Touring Tire Tube": "150", "LL Mountain Tire": "780", "ML Mountain Tire": "690",
    "HL Mountain Tire": "610", "LL Road Tire": "340", "ML Road Tire": "280", "HL Road Tire": "215",
    "Touring Tire": "520", "Touring Pedal": "240",
}

# From here on: what the story of the whole chain adds (chain.py, selling.py). The import and the history of purchase
# orders don't use it.

SEED = 2015  # all chance below comes from it

# A second site. The files know one plant. What they keep in "Miscellaneous Storage" (location 6, some of it of almost
# every part) is taken to lie in a store of its own, a day away.
STORE, STORE_NAME, STORE_ZONE = "store", "Adventure Works storage, Spokane", "America/Los_Angeles"
STORE_LOCATION, STORE_RACK = "6", "RACK"
STORE_KM = 450
OFFICE_HOURS = "five-days"  # the calendar of both sites: Monday to Friday; the files know none
OFFICE_SHIFTS = "06:00-14:00 14:00-22:00"

# Finished bicycles: 15,536 lie in stock. They are left out, or every order would be shipped from the shelf. Of all else
# a third is taken, rounded down: the whole stock of subassemblies and parts would outlast a thousand orders, so that
# nobody would need what is being bought, and no trouble would matter. For the same reason it is a tenth where only a
# few orders are placed.
STOCK_SHARE, FEW, SHARE_OF_FEW = 3, 250, 10

# Days to manufacture are 0, 1, 2 or 4, and some runs take longer. As planners do, a working day is added to each: else
# a run that takes an hour more makes everything late that is built of it.
BUILDING_MARGIN = 1

# Reorder figures. Their ReorderPoint is three quarters of their SafetyStockLevel, so as told they would order after
# the safety stock is gone. The lower one is taken for the safety stock, the higher one for the reorder point, and the
# order goes up to twice that. Only for bought parts, and only at the plant: what is made is made to order.
SAFETY_COLUMN, REORDER_COLUMN, UP_TO = "ReorderPoint", "SafetyStockLevel", 2

# How goods come: five ship methods are known by name, base charge and rate. Each is given a mode, a speed in km a day,
# hours of handling, and how much it may be early or late, in hours.
METHODS = {
    "XRQ - TRUCK GROUND": ("XRQ", "road", 700, 24, 12, 36),
    "ZY - EXPRESS": ("ZY", "courier", 1500, 12, 6, 12),
    "OVERSEAS - DELUXE": ("OVERSEAS", "sea", 350, 72, 24, 96),
    "OVERNIGHT J-FAST": ("JFAST", "air", 6000, 10, 4, 10),
    "CARGO TRANSPORT 5": ("CARGO", "rail", 500, 36, 12, 48),
}
RATE_IS_PER = Decimal("1")  # ShipBase is taken as one shipment's charge, ShipRate as the charge for a kilogram
VENDOR_KM = (40, 3800)  # how far a vendor is: seeded, between these
LANE_KG = {"road": 9000, "courier": 600, "sea": 40000, "air": 900, "rail": 25000}  # capacity a working day

# Where customers are. A zone is a region, and says nothing of a person. Kilometres from the plant.
ZONES = {"WEST": 900, "SOUTHWEST": 1900, "MIDWEST": 2800, "EAST": 4300, "CANADA": 1100}
TO_CUSTOMERS = ("XRQ - TRUCK GROUND", "ZY - EXPRESS")

# Orders. The files hold no sales. A thousand are placed in the weeks after the cut-over.
ORDERS, ORDER_DAYS = 1000, 25  # so many, on so many working days
LINES, SECOND_LINE = (1, 2), 0.15  # some want a second bicycle of another kind
QUANTITIES = (1, 1, 1, 1, 1, 1, 1, 2, 2, 3)
# A customer is told how long a bicycle takes at the least (leads.py), and wants it by the Friday of a week after that,
# as delivery weeks are the custom. Who is in a hurry wants it in half of that time, and may hear that it takes longer.
MARGIN_DAYS = (0, 35)  # days from the shortest time to the wish
WISH_WEEKDAY = 4
URGENT, URGENT_PRIORITY, URGENT_SHARE = 0.06, 10, 2
ENGRAVED = 0.3  # of all lines carry a name

# Lateness, early arrivals, rejects and scrap are the simulated world's own (infra/sample/life): no finding either.


def pack(name: str) -> int | None:
    """How many base units one purchase package of a part holds."""
    return _by_name(PACKS, name)


def grams(name: str) -> Decimal | None:
    """What one base unit of a bought part weighs."""
    found = _by_name(GRAMS, name)
    return None if found is None else Decimal(found)


def _by_name(table: Mapping[str, T], name: str) -> T | None:
    found = [begin for begin in table if name.startswith(begin)]
    return table[max(found, key=len)] if found else None


def local(day: date, hour: time) -> datetime:
    """A day of the files, at an hour of the plant's own time."""
    return datetime.combine(day, hour, ZoneInfo(ZONE))

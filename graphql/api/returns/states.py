"""What is told of returns in closed sets of words."""

from enum import Enum

import strawberry


@strawberry.enum(description="How far a return is.")
class ReturnStatus(Enum):
    WAITING = strawberry.enum_value("waiting", description="Somebody has to say yes.")
    APPROVED = strawberry.enum_value("approved", description="Goods may be sent, or kept.")
    REFUSED = strawberry.enum_value("refused", description="Nothing of it is let.")
    CANCELLED = strawberry.enum_value("cancelled", description="It was taken back.")
    RECEIVING = strawberry.enum_value(
        "receiving", description="Something came, or was credited; something is to be done."
    )
    CLOSED = strawberry.enum_value("closed", description="Nothing is left to do.")


@strawberry.enum(description="Who asked for a return.")
class ReturnSource(Enum):
    CUSTOMER = strawberry.enum_value("customer", description="The customer itself.")
    AGENT = strawberry.enum_value("agent", description="Somebody of the house for it.")
    CHANNEL = strawberry.enum_value("channel", description="A marketplace or shop told it.")
    WAREHOUSE = strawberry.enum_value("warehouse", description="Nobody: the goods came.")


@strawberry.enum(description="What a return is to earn its sender.")
class ReturnResolution(Enum):
    CREDIT = strawberry.enum_value("credit", description="Money to its credit.")
    REFUND = strawberry.enum_value("refund", description="Money that is paid out.")
    EXCHANGE = strawberry.enum_value(
        "exchange", description="A credit, and an order of other goods at their price."
    )
    REPLACEMENT = strawberry.enum_value("replacement", description="The same goods again.")


@strawberry.enum(description="When other goods leave for a return.")
class ReturnReplaces(Enum):
    ADVANCE = strawberry.enum_value("advance", description="As soon as the return is let.")
    AFTER_RECEIPT = strawberry.enum_value(
        "after_receipt", description="When the goods came and were accepted."
    )


@strawberry.enum(description="What may be done with a return.")
class ReturnAction(Enum):
    CANCEL = strawberry.enum_value("cancel", description="Take it back.")
    RECEIVE = strawberry.enum_value("receive", description="Take in what comes.")
    CREDIT = strawberry.enum_value("credit", description="Grant money for it.")
    CLOSE = strawberry.enum_value("close", description="Wait for no more of it.")


@strawberry.enum(description="What became of a line of a return.")
class ReturnLineStatus(Enum):
    WAITING = strawberry.enum_value("waiting", description="Somebody has to say yes.")
    AUTHORIZED = strawberry.enum_value("authorized", description="It may be sent.")
    KEPT = strawberry.enum_value("kept", description="It may be kept.")
    REFUSED = strawberry.enum_value("refused", description="It is not let.")
    CANCELLED = strawberry.enum_value("cancelled", description="It will not come.")


@strawberry.enum(description="Whether a line of a return was announced.")
class ReturnLineKind(Enum):
    ANNOUNCED = strawberry.enum_value("announced", description="Somebody asked for it.")
    UNANNOUNCED = strawberry.enum_value(
        "unannounced", description="It came without being announced, or more than announced."
    )
    WRONG_ITEM = strawberry.enum_value(
        "wrong_item", description="Another item than any that was announced or sold."
    )


@strawberry.enum(description="In which condition returned goods are.")
class ReturnCondition(Enum):
    NEW = strawberry.enum_value("new", description="As new, unopened.")
    OPENED = strawberry.enum_value("opened", description="Opened, unused.")
    USED = strawberry.enum_value("used", description="Used.")
    DAMAGED = strawberry.enum_value("damaged", description="Damaged or defective.")
    MISSING = strawberry.enum_value("missing", description="Not in the parcel.")


@strawberry.enum(description="How far returned goods are.")
class ReturnUnitStatus(Enum):
    WAITING = strawberry.enum_value("waiting", description="To be inspected.")
    INSPECTED = strawberry.enum_value("inspected", description="To be disposed of.")
    DISPOSED = strawberry.enum_value("disposed", description="Done with.")


@strawberry.enum(description="What may be done with returned goods.")
class ReturnUnitAction(Enum):
    INSPECT = strawberry.enum_value("inspect", description="Say what was found.")
    DISPOSE = strawberry.enum_value("dispose", description="Decide what is done with them.")


@strawberry.enum(description="What is done with returned goods.")
class ReturnDispositionKind(Enum):
    RESTOCK = strawberry.enum_value("restock", description="Into stock, to be sold again.")
    REFURBISH = strawberry.enum_value(
        "refurbish", description="Into quality control, to be made good."
    )
    QUARANTINE = strawberry.enum_value(
        "quarantine", description="Into quality control, to be looked into."
    )
    SCRAP = strawberry.enum_value("scrap", description="Thrown away.")
    RETURN_TO_SUPPLIER = strawberry.enum_value(
        "return_to_supplier", description="Sent on to the supplier."
    )
    MISSING = strawberry.enum_value("missing", description="Noted as not in the parcel.")


@strawberry.enum(description="How far an authorisation is.")
class ReturnAuthorizationStatus(Enum):
    OPEN = strawberry.enum_value("open", description="Goods may be sent with it.")
    RECEIVED = strawberry.enum_value("received", description="All came.")
    EXPIRED = strawberry.enum_value("expired", description="Its time is over.")
    CANCELLED = strawberry.enum_value("cancelled", description="The return ended.")


@strawberry.enum(description="What may be done with an authorisation.")
class ReturnAuthorizationAction(Enum):
    RECEIVE = strawberry.enum_value("receive", description="Take in what comes with it.")


@strawberry.enum(description="How far a receipt of returned goods is.")
class ReturnReceiptStatus(Enum):
    WAITING = strawberry.enum_value("waiting", description="Something is to be inspected.")
    INSPECTED = strawberry.enum_value("inspected", description="All was inspected.")
    DISPOSED = strawberry.enum_value("disposed", description="All is done with.")


@strawberry.enum(description="How far a credit for a return is.")
class ReturnCreditStatus(Enum):
    GRANTED = strawberry.enum_value("granted", description="Granted; the note is to be written.")
    SETTLED = strawberry.enum_value("settled", description="In a credit note.")


@strawberry.enum(description="Whether other goods for a return are the same or others.")
class ReturnReplacementKind(Enum):
    EXCHANGE = strawberry.enum_value("exchange", description="Other goods at their price.")
    REPLACEMENT = strawberry.enum_value("replacement", description="The same goods again.")


@strawberry.enum(description="How far other goods for a return are.")
class ReturnReplacementStatus(Enum):
    REQUESTED = strawberry.enum_value("requested", description="Wanted; not to be sent yet.")
    DUE = strawberry.enum_value("due", description="To be ordered now, by itself.")
    ORDERED = strawberry.enum_value("ordered", description="Ordered.")
    CANCELLED = strawberry.enum_value("cancelled", description="The return ended before.")


@strawberry.enum(description="What may be done with other goods for a return.")
class ReturnReplacementAction(Enum):
    ORDER = strawberry.enum_value("order", description="Order them now.")


@strawberry.enum(description="Whose fault a reason of returns tells.")
class ReturnFault(Enum):
    CUSTOMER = strawberry.enum_value("customer", description="The customer changed its mind.")
    SELLER = strawberry.enum_value("seller", description="Wrong or bad goods were sent.")
    CARRIER = strawberry.enum_value("carrier", description="It happened on the way.")
    UNKNOWN = strawberry.enum_value("unknown", description="It tells nobody's.")


@strawberry.enum(description="Whether something of the set-up of returns is in use.")
class ReturnSetupStatus(Enum):
    ACTIVE = strawberry.enum_value("active", description="In use.")
    RETIRED = strawberry.enum_value("retired", description="Not in use any more.")


@strawberry.enum(description="What a rule of a return policy says.")
class ReturnDecision(Enum):
    APPROVE = strawberry.enum_value("approve", description="Let it.")
    ASK = strawberry.enum_value("ask", description="Ask somebody.")
    REFUSE = strawberry.enum_value("refuse", description="Refuse it.")


@strawberry.enum(description="From when the days of a return policy are counted.")
class ReturnCountedFrom(Enum):
    SHIPMENT = strawberry.enum_value("shipment", description="From the day of the shipment.")
    DELIVERY = strawberry.enum_value("delivery", description="From the day of the delivery.")


@strawberry.enum(description="By what returns are counted.")
class ReturnRatesBy(Enum):
    REASON = strawberry.enum_value("reason", description="By the reason that was told.")
    ITEM = strawberry.enum_value("item", description="By the item.")
    CHANNEL = strawberry.enum_value("channel", description="By the channel of the order.")

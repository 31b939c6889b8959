"""What people do about approvals: decide, delegate, and write the policies."""

from domain.approvals.operations.decisions import approve as approve
from domain.approvals.operations.decisions import reject as reject
from domain.approvals.operations.decisions import withdraw as withdraw

"""What people do about payouts."""

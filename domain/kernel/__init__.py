"""What every area stands on: the unit of work, events, errors, money, quantities, ids."""

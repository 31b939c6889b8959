"""Money owed and paid: invoices, credit notes, payments, taxes, and what suppliers bill."""

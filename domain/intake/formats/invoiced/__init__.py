"""What suppliers bill: invoices and credit notes, whatever they are written in."""

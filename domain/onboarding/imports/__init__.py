"""Master data out of CSV and XLSX tables, with every row's errors before anything is written."""

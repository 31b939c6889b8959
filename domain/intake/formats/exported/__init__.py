"""Orders as tables: the exports of shops and marketplaces, with one row for each line."""

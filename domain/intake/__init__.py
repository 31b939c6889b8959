"""Order capture: every document kept, read, mapped and made one order, or told why not."""

"""The standard posting rules, one file an area: at a milestone, the role of a leg's account."""

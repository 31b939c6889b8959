"""Consolidation: entities that report as one group, what they owe and sold each other left out."""

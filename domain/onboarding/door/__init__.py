"""What a tenant settles for the door: client apps, registered documents, origins; and its plan."""

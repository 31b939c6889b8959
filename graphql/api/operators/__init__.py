"""What operators of the installation see and do: tenants, and no row of their business."""

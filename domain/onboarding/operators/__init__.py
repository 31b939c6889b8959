"""What those who run the installation do for tenants, without seeing a row of their business."""

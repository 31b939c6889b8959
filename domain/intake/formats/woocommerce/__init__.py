"""WooCommerce REST API (wc/v1 to wc/v3, legacy v1 to v3) and webhooks."""

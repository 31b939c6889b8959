"""The demo company: what `make up` shows at the first start."""

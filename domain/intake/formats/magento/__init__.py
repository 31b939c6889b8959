"""Adobe Commerce and Magento 2 (REST, events, webhooks): orders, and knowing all the rest."""

"""Background work: events to their handlers, webhooks to their subscribers, what recurs.

Events lie in the outbox from the transaction that made them until the transaction that handled
them; the broker only carries hints, so that nothing is lost when it forgets everything."""

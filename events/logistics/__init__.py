"""Transport: the lanes between places, and the shipments that go over them."""

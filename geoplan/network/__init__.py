"""Streets as a graph, and what it costs to travel along them."""

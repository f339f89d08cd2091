"""Supply: what is there and what counts: places by age band, filing, hours, spare classes, staff."""

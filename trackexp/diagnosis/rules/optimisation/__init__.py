"""TX8: the optimizer cannot get where it should with this rate, schedule, batch or number of epochs."""

"""All that crosses between the window and the threads that compute, or waits for them."""

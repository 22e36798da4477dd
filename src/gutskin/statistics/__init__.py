"""The methods by which trials are analysed: values in, values out, batched over trials."""

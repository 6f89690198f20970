"""What a layer has learnt: its weights as they are, and numbers of them."""

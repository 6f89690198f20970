"""How a picture is made that a network answers most to: what is climbed, what the picture is, and what pulls at it."""

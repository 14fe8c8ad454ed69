"""What a page names: links, pictures by every way of embedding, and notes. Pure; runs in the confined page worker."""

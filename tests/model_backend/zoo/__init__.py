"""A tiny random model of every type of causal language model that transformers knows."""

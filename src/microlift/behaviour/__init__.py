"""Patterns of micro-behaviour: what people do in which order."""

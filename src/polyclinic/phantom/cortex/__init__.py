"""Cortex: pictures of coloured shapes, and the response of a viewer's visual cortex to them."""

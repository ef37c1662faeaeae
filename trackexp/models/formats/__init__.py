"""One module a format of models; `registry` finds them."""

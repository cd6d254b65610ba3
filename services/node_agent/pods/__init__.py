"""Pure: what one pod on this node needs next. Events in, actions out; no clock, no I/O."""

"""What can be done: load, ask the rules, store, queue. One verb each."""

"""What can be done: load, ask the rules, store, leave a duty behind. One verb each."""

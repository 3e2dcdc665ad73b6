"""The shared language: values, messages and facts of every domain. Pure: no IO, no clock, no chance."""

"""The catalogue service: master data, checked against itself and recorded as facts."""

"""The alert engine: rules as data, conditions, the state machine of one alert, and its words."""

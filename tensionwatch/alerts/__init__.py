"""Who must know: rules in the configuration, one alert per event and stage, kept until it is delivered.

change ─▶ decide (pure: events, index, rules, mutes, what was raised before) ─▶ Alert ─▶ kept in the store
                                                                                  └▶ Delivery to each channel

Delivery ─▶ queue (what goes out when: outbox, pure) ─▶ send: a command, or apprise in a child of ours (courier)
"""

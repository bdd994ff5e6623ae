"""Golden pictures: small frames without text of every part and of some scenes, and the comparer that guards them."""

"""What the imitated server of the labelling page has to show."""

EMOTIONS = [
    "admiration",
    "amusement",
    "anger",
    "annoyance",
    "approval",
    "caring",
    "confusion",
    "curiosity",
    "desire",
    "disappointment",
    "disapproval",
    "disgust",
    "embarrassment",
    "excitement",
    "fear",
    "gratitude",
    "grief",
    "joy",
    "love",
    "nervousness",
    "optimism",
    "pride",
    "realization",
    "relief",
    "remorse",
    "sadness",
    "surprise",
    "neutral",
]
GUIDELINES = """# What to tick

Tick every emotion that the **writer** shows, not what *you* feel.

- Sarcasm: tick what is meant, not what is said.
- `neutral` only where nothing else applies.
- Between *annoyance* and *anger*: is anybody threatened?

## When in doubt

1. Look at similar texts.
2. Say unsure; that is an answer too.
"""
SENTENCES = (
    "Thank you so much for taking the time to explain this, it really helped me out!",
    "I can't believe they cancelled the train again. Third time this week.",
    "Honestly no idea what he meant by that, could somebody explain?",
    "My grandmother would have loved to see this garden.",
    "That was the best match I have seen in years, what a finish!",
)


def make_labels(n_labels):
    """28 emotions, or as many made-up intents of a bank."""
    if n_labels == len(EMOTIONS):
        return [
            {"name": name, "description": f"The writer shows {name}.", "examples": [f"so much {name}"]}
            for name in EMOTIONS
        ]
    things = ["card", "transfer", "loan", "account", "cheque", "fee", "limit", "app", "password", "statement"]
    acts = ["lost", "open", "close", "change", "explain", "dispute", "cancel", "refund", "order", "check"]
    names = [f"{act}_{thing}" for thing in things for act in acts]
    return [
        {
            "name": names[i % 100] + (f"_{i // 100}" if i >= 100 else ""),
            "description": f"Somebody wants to {names[i % 100].replace('_', ' a ')}, case {i}.",
            "examples": [],
        }
        for i in range(n_labels)
    ]


def make_item(i, text, n, *, labels, mode):
    """The i-th of n texts of a batch, as the contract has it."""
    many = len(labels)
    order = [(i * 7 + k) % many for k in range(many)]
    ranked = [[label, round(0.91 * 0.72**rank, 4)] for rank, label in enumerate(order)]
    is_ranked = mode != "none"
    near = {"id": "old-1", "text": f"Thank you, this helped me a lot today! ({i})", "similarity": 0.83}
    return {
        "id": f"doc-{i}",
        "request": "round-003",
        "rank": i,
        "n": n,
        "text": text,
        "considered": None,
        "ranked": ranked if is_ranked else None,
        "suggested": [ranked[0][0], ranked[1][0]] if is_ranked else [],
        "mode": mode,
        "reason": f"The model is least sure about {labels[order[1]]['name']}.",
        "at_stake": [ranked[1], ranked[2]] if is_ranked else [],
        "score": 0.93,
        "suggestions": [],
        "nearest": [
            {**near, "labels": [order[0]]},
            {**near, "id": "old-2", "labels": [], "similarity": 0.7},
        ],
        "answer": None,
        "said": None,
    }

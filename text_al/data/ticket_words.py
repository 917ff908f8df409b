"""The numbers and words of the synthetic tickets that are not about one label."""

SHARES: dict[str, float] = {
    "billing": 0.35,
    "shipping": 0.24,
    "bug": 0.19,
    "refund": 0.12,
    "account": 0.12,
    "cancellation": 0.09,
    "product_question": 0.09,
    "complaint": 0.06,
    "praise": 0.05,
    "privacy": 0.035,
    "accessibility": 0.024,
    "fraud": 0.014,
}
"""How often a label is drawn, before some draw others along."""

TOGETHER: dict[frozenset[str], float] = {
    frozenset(("billing", "refund")): 4.0,
    frozenset(("billing", "cancellation")): 3.0,
    frozenset(("shipping", "refund")): 3.0,
    frozenset(("shipping", "complaint")): 3.0,
    frozenset(("bug", "account")): 3.0,
    frozenset(("bug", "accessibility")): 3.0,
    frozenset(("refund", "cancellation")): 2.0,
    frozenset(("account", "privacy")): 3.0,
    frozenset(("account", "fraud")): 3.0,
    frozenset(("billing", "fraud")): 2.0,
    frozenset(("praise", "complaint")): 0.1,
    frozenset(("praise", "product_question")): 2.0,
}
"""How many times likelier a label becomes beside another; 1 where nothing stands."""

HOW_MANY: tuple[float, ...] = (0.08, 0.60, 0.27, 0.05)
"""The shares of texts with 0, 1, 2 and 3 labels."""

SLOTS: dict[str, tuple[str, ...]] = {
    "order": (
        "order {number}",
        "my order {number}",
        "no. {number}",
        "the {product}",
        "my last order",
        "#{number}",
    ),
    "sum": ("{number} euros", "$ {number}", "{number}.50", "{number}", "half the price"),
    "when": (
        "yesterday",
        "on Monday",
        "last week",
        "three weeks ago",
        "on the 3rd",
        "this morning",
        "in May",
        "days ago",
    ),
    "discount": ("20% voucher", "student discount", "code WELCOME", "coupon", "gift card"),
    "carrier": ("the post", "DPX", "your courier", "the parcel service", "Nordline"),
    "product": (
        "jacket",
        "blue tent",
        "kettle",
        "headphones",
        "standing desk",
        "rain boots",
        "backpack",
        "lamp",
        "e-bike lock",
        "coffee grinder",
        "sleeping bag",
        "keyboard",
        "water filter",
        "dog harness",
        "camping stove",
        "office chair",
    ),
    "device": (
        "Android 14",
        "my iPhone",
        "an old tablet",
        "Firefox",
        "my laptop",
        "Windows",
        "a Mac",
        "the smart TV",
    ),
    "feature": (
        "wish list",
        "invoice tab",
        "order history",
        "dark mode",
        "size guide",
        "chat window",
        "map",
        "calendar",
        "photo upload",
        "comparison page",
        "gift finder",
        "review form",
    ),
    "address": ("12 Elm Row", "flat 3b", "Harbour Street {number}", "c/o Meier", "the back entrance"),
    "agent": ("Ines", "Tom", "your team", "the lady on the phone", "Priya", "the night shift"),
}
"""What fills a slot; `number` is made up."""

ASIDES: dict[str, tuple[str, ...]] = {
    "billing": (
        "the [invoice|payment] itself was [fine|in order]",
        "I paid as usual",
        "this is not about the bill",
    ),
    "shipping": (
        "the [parcel|delivery] came in time",
        "it was delivered {when}",
        "the courier is not to blame",
    ),
    "bug": ("the app works [well|as always]", "no error is shown", "I am not very good with apps"),
    "refund": ("I do not want [my money back|a refund]", "no need to return the {product}", "keep the {sum}"),
    "account": (
        "I am logged in as always",
        "my account is [old|in my wife's name]",
        "the password is not the problem",
    ),
    "cancellation": ("I do not want to cancel", "I will keep the subscription", "the plan can go on"),
    "product_question": ("I know the {product} well", "the warranty still runs", "I read the size guide"),
    "complaint": ("I am not angry", "your [agent|chat] did answer", "I had to wait, which is fine"),
    "praise": ("it used to be great", "others [love|like] it", "I wish I could say well done"),
    "privacy": ("you may keep my data", "use my number if you need it", "my e-mails with you are attached"),
    "accessibility": (
        "I can read it all right",
        "the text on the box is small",
        "with the keyboard it is the same",
    ),
    "fraud": ("I made this order myself", "it was me who used the card", "nobody else has my password"),
}
"""What is said with a label's words where the label does not apply."""

FRAMES: tuple[str, ...] = (
    "a friend told me that {clause}",
    "last year I wrote that {clause}, that is settled",
    "it is not as if {clause}",
    "your help page has an answer to: {clause}",
    "in the forum somebody says: {clause}",
    "the answer I got was meant for someone who wrote: {clause}",
    "before you ask whether {clause}: no",
    "I had feared that {clause}, all is well",
)
"""What turns a wording into one that the label does not apply to."""

SMALL_TALK: tuple[str, ...] = (
    "please see my [last|earlier] message",
    "[ok|okay], got it",
    "[any news|any update]?",
    "as I said on the phone {when}",
    "the picture is attached",
    "this concerns {order}",
    "just testing whether this form works",
    "here is the number again: {number}",
    "I will be [away|travelling] until [Monday|the 12th]",
    "sorry, wrong window",
    "you can reach me after five",
    "yes, that is [right|correct]",
)
"""What is said in a text without any label, and now and then in others."""

OPENERS: tuple[str, ...] = (
    "Hello",
    "Hi",
    "Hi there",
    "Dear team",
    "Good morning",
    "Hey",
    "To whom it may concern",
)
CLOSERS: tuple[str, ...] = (
    "Thanks",
    "Thank you",
    "Best",
    "Regards",
    "Please help",
    "Kind regards, {agent}",
    "Sent from my phone",
    "Cheers",
)
LINKS: tuple[str, ...] = (". ", ". ", ", and ", "; ", ". Also, ", ", besides ", " - ", ". And ")
"""What stands between two sentences."""

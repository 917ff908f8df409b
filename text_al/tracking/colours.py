"""The colours of the pictures: Okabe and Ito's palette, told apart by people of every colour vision."""

BLUE, VERMILLION, GREEN = "#0072B2", "#D55E00", "#009E73"
INK, PALE, FAINT = "#222222", "#777777", "#E4E4E4"

from test_training_held_out import *
from test_training_held_out import known, make
def test_x(make, known):
  for lp in (0.,8.):
    lin=LEARNERS.entry("linear").function(**known, label_prior=lp)
    print("linear", lp,macro_average_precision(TARGETS[ROWS], fit(lin).out_of_fold_logits))
    for t in (dict(max_epochs=10,learning_rate=3e-3,batch_size=4),dict(max_epochs=10,learning_rate=6e-3,batch_size=4),dict(max_epochs=15,learning_rate=3e-3,batch_size=4,weight_averaging=0.2)):
        print(t, macro_average_precision(TARGETS[ROWS], fit(make(head_sharpness=1.,label_prior=lp,**t)).out_of_fold_logits))

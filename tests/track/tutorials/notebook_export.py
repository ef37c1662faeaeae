#!/usr/bin/env python
# coding: utf-8

# # A notebook, exported as a script

# In[1]:


import numpy as np
import keras
import wandb

keras.utils.set_random_seed(0)
wandb.login()


# In[2]:


run = wandb.init(project="notebook", config={"units": 4})
x = np.random.rand(64, 3)
model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(run.config.units), keras.layers.Dense(1)])
model.compile("adam", "mse")


# In[3]:


h = model.fit(x, x[:, 0], epochs=2, verbose=0)
wandb.log({"final": h.history["loss"][-1]})
h = model.fit(x, x[:, 0], epochs=2, verbose=0)
wandb.log({"final": h.history["loss"][-1]})
print(round(h.history["loss"][-1], 6))


# In[4]:


run.finish()

"""The rules that objects must obey, in Kubernetes' own words.

Every function adds causes to the list it is given and returns nothing: a list per call, concatenated upwards, costs
more than all the checks together. Objects have been checked against their types and defaulted before they come here.
"""

"""An example of a plugin: pods go to the warmest nodes, and to none that is too cold."""

import numpy as np

from services.scheduler.plugins import MAX_SCORE, Filter, Score


class WarmNodes(Filter, Score):
    def __init__(self, label="temperature", least=0):
        self.label, self.least = label, least

    def temperatures(self, nodes):
        of_value = [self.least - 1, *map(int, nodes.vocabulary.values.get(self.label, {}))]
        return np.array(of_value)[nodes.domains(self.label)]

    def feasible(self, pod, nodes):
        return self.temperatures(nodes) >= self.least

    def explain(self, pod, nodes, refused):
        return {"node(s) were too cold": refused}

    def score(self, pod, nodes, feasible):
        return self.temperatures(nodes) * MAX_SCORE // max(self.temperatures(nodes)[feasible].max(), 1)

"""The pod network of a node: interfaces and addresses, Services by nftables, cluster DNS."""

from services.node_agent.network.addresses import NoFreeAddress
from services.node_agent.network.pod_network import Names, NetworkNotReady, PodNetwork

__all__ = ["Names", "NetworkNotReady", "NoFreeAddress", "PodNetwork"]

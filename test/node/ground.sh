#!/bin/sh
# The ground that a node stands on: the first process in network, mount and process namespaces of its own. Usage: ground.sh ROOM COMMAND…
# Makes a network that leads nowhere, lays fresh file systems over what a node writes to, runs the command, and is what waits for orphans.
# When it ends the kernel ends every process below it and takes down every mount and interface: nothing has to be cleaned up.
set -eu
room=$1
shift
say() { echo "no ground for a node: $*" >&2; exit 69; }

mount -t tmpfs -o mode=755 room "$room" || say "no file system may be mounted"
mount -t tmpfs -o mode=755 run /run || say "no file system may be mounted on /run"
mount -t tmpfs -o mode=755 log /var/log || say "no file system may be mounted on /var/log"
mkdir "$room/lower" "$room/upper" "$room/work" "$room/merged"
mount -t overlay -o "lowerdir=$room/lower,upperdir=$room/upper,workdir=$room/work" overlay "$room/merged" || say "the kernel has no overlay file system"
umount "$room/merged"
rm -r "$room/lower" "$room/upper" "$room/work" "$room/merged"

# 198.18.0.0/15 is for benchmarks (RFC 2544): no machine of anybody's network.
ip link set lo up || say "no network may be configured"
ip link add node0 type bridge || say "the kernel has no bridges"
ip address add 198.18.0.1/24 dev node0
ip link set node0 up
ip route add default via 198.18.0.1 dev node0
echo 1 2>/dev/null >/proc/sys/net/ipv4/ip_forward || say "packets may not be forwarded"
# The client's addresses (CLIENTS in ground.ts). Three hundred connections a second from one address come back to a port within two minutes;
# if the kernel still remembers a pod for it that was killed, that is where the new connection goes, whatever the Service says by now.
for last in 2 3 4 5 6 7 8 9; do
  ip address add "198.18.0.$last/24" dev node0
done
echo 1024 65535 >/proc/sys/net/ipv4/ip_local_port_range
# Where a gateway listens (gateway.ts), and whatever asks for a free port (deploy/local/ports.ts): no connection may have begun there.
echo 6060,8000-8099,9001,10240-29999 >/proc/sys/net/ipv4/ip_local_reserved_ports
nft add table ip ground || say "the kernel has no nftables"
nft delete table ip ground

cgroup=immutableapp-${room##*-}
if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
  echo +cpu +memory +pids 2>/dev/null >/sys/fs/cgroup/cgroup.subtree_control || say "cgroups may not be delegated"
  mkdir -p "/sys/fs/cgroup/$cgroup" 2>/dev/null || say "cgroups may not be made"
else
  for hierarchy in /sys/fs/cgroup/*/; do
    mkdir -p "$hierarchy$cgroup" 2>/dev/null || say "cgroups may not be made"
  done
  # A cpuset starts without a processor.
  for file in cpuset.cpus cpuset.mems; do
    cat "/sys/fs/cgroup/cpuset/$file" >"/sys/fs/cgroup/cpuset/$cgroup/$file"
  done
fi

# Standard input is a pipe that the kernel closes when whoever started us is gone, however that happened.
exec 3<&0 </dev/null
"$@" 3<&- &
program=$!
{ while read -r _ <&3; do :; done; kill -KILL $program; } 2>/dev/null &
exec 3<&-
wait $program

# boot.sh SCRATCH CHECKOUT: boots systemd on a copy-on-write image of this machine, installs Fumibako in it for real, and
# runs SCRATCH/check as its only errand; what that says is in SCRATCH/said. Wants namespaces of its own, and a control
# group of its own to be root of.
set -eu
scratch=$1 checkout=$2

mkdir "$scratch/memory"
mount -t tmpfs -o mode=755 tmpfs "$scratch/memory"
for layer in machine venv; do mkdir "$scratch/memory/$layer" "$scratch/memory/$layer.work"; done
root=$scratch/memory/root
mkdir "$root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$scratch/memory/machine,workdir=$scratch/memory/machine.work" "$root"
cd "$root"

# Nothing of what this machine is or does goes along.
rm -rf etc/systemd/system/*.wants etc/rc?.d usr/sbin/policy-rc.d var/lib/fumibako* opt/fumibako etc/fumibako
mkdir -p opt/fumibako/.venv mnt/checkout mnt/errand

# The environment is lent, not built again: what is in it is this checkout's; what knows where it lies is told anew.
mount -t overlay overlay -o "lowerdir=$checkout/.venv,upperdir=$scratch/memory/venv,workdir=$scratch/memory/venv.work" opt/fumibako/.venv
sed -i "s|$checkout/|/opt/fumibako/|g" opt/fumibako/.venv/.fumibako-stamp opt/fumibako/.venv/bin/fumibako \
  opt/fumibako/.venv/lib/python3.*/site-packages/fumibako.pth
mount --bind "$checkout" mnt/checkout
mount --bind "$scratch" mnt/errand
cat >etc/systemd/system/errand.service <<UNIT
[Unit]
SuccessAction=exit-force
FailureAction=exit-force
FailureActionExitStatus=1
[Service]
Type=oneshot
TimeoutStartSec=120
Environment=LC_ALL=C.UTF-8 HOME=/root
ExecStart=/bin/sh /mnt/errand/check
StandardOutput=file:/mnt/errand/said
StandardError=inherit
UNIT

mount -t proc proc proc
mount -t sysfs -o ro sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs -o mode=755 tmpfs dev
for device in null zero full random urandom tty; do
  : >"dev/$device"
  mount --bind "/dev/$device" "dev/$device"
done
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts
ln -s pts/ptmx dev/ptmx
mount -t tmpfs -o mode=1777 tmpfs dev/shm
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs -o mode=1777 tmpfs tmp
mkdir run/old
ip link set lo up
pivot_root . run/old
umount -l run/old
exec env -i container=other PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --system --log-target=journal \
  --show-status=no systemd.unit=errand.service

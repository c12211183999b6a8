# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154  # tests/hosts/run sets tree, images, exchange, arg_*
# Boots a virtual machine: own kernel, all capabilities, all cgroup v2 controllers. Software emulation: a KVM guest may hang
# in a machine that is a guest itself.
#
# The root disk is the cached one, with a snapshot thrown away at the end. A second disk is /srv: it brings tests, images,
# stage and command, and takes status and journal home. The script's output comes through the second serial port.

# import_images: podman's storage with the images already in it, made at native speed by the podman of the same suite;
# in the machine this takes minutes. The names are those of need_image.
import_images() {
    local image name host_tree

    host_tree=$("$hosts_dir/build" "host-$suite")
    hold "$host_tree"
    mkdir upper work root containers
    mount -t overlay -o "lowerdir=$host_tree,upperdir=upper,workdir=work" overlay root
    mount --bind containers root/var/lib/containers
    mount -t proc proc root/proc
    mount --bind /dev root/dev
    mount --rbind /sys root/sys
    mount -t tmpfs tmpfs root/var/tmp
    for image in "${!images[@]}"; do
        name=$image
        [[ $image == busybox ]] || name=web-$image
        [[ $image != "$suite" ]] || name=web
        cp "${images[$image]}" root/var/tmp/image.tar
        chroot root podman --log-level error import -q -c 'CMD ["/sbin/init"]' /var/tmp/image.tar "localhost/$name" >/dev/null
    done
    umount -R root
    rm -rf upper work root
    mv containers srv/containers
}

# make_exchange_disk: puts what a container host gets as bind mounts into one file system.
make_exchange_disk() {
    local image size

    mkdir -p srv/images
    cp -a "${hosts_dir%/*}" srv/tests
    for image in "${!images[@]}"; do
        cp "${images[$image]}" "srv/images/$image.tar"
    done
    import_images
    [[ -z $arg_stage ]] || cp -a "$arg_stage" srv/stage
    printf '/dev/ttyS1\n' >"$exchange/log-device"
    cp -a "$exchange" srv/run
    size=$(du -sm srv | cut -f 1)
    mke2fs -q -t ext4 -L srv -O '^has_journal' -d srv srv.img "$((size + size / 8 + 64))M" >/dev/null
    rm -rf srv
}

clean_up_vm() {
    local r=$?

    trap '' INT TERM HUP
    [[ -z ${qemu:-} ]] || kill "$qemu" 2>/dev/null
    exit "$r"
}

# cgroup_options: what the machine's systemd is told
cgroup_options() {
    case $arg_cgroup in
    v2) echo systemd.unified_cgroup_hierarchy=1 ;;
    hybrid) echo systemd.unified_cgroup_hierarchy=0 systemd.legacy_systemd_cgroup_controller=0 ;;
    legacy) echo systemd.unified_cgroup_hierarchy=0 systemd.legacy_systemd_cgroup_controller=1 ;;
    esac
}

# selinux_options: what its kernel is told
selinux_options() {
    case $arg_selinux in
    enforcing) echo security=selinux selinux=1 enforcing=1 ;;
    permissive) echo security=selinux selinux=1 enforcing=0 ;;
    esac
}

boot_vm() {
    trap clean_up_vm EXIT
    trap 'exit 130' INT TERM HUP
    make_exchange_disk
    mkdir tmp
    TMPDIR=$PWD/tmp timeout -k 10 $((arg_timeout + 400)) qemu-system-x86_64 \
        -accel tcg,thread=multi -cpu qemu64 -smp 2 -m 3072 -display none -nodefaults -no-reboot -net none \
        -serial "file:$exchange/console" -serial "file:$exchange/log" -device virtio-rng-pci \
        -kernel "$tree/vmlinuz" -initrd "$tree/initrd.img" \
        -drive "file=$tree/disk.img,if=virtio,format=raw,snapshot=on" \
        -drive "file=srv.img,if=virtio,format=raw,cache=unsafe" \
        -append "console=ttyS0 root=/dev/vda rw quiet panic=-1 $(cgroup_options) $(selinux_options)" \
        </dev/null &
    qemu=$!
    # In the background, or a signal would have to wait for it.
    tail -n +1 -s 0.1 -f --pid="$qemu" "$exchange/log" &
    wait $!
    wait "$qemu" || note "qemu ended with $?"
    qemu=''
    e2fsck -fy srv.img >/dev/null 2>&1 || :
    debugfs -R "dump /run/status $exchange/status" srv.img 2>/dev/null
    debugfs -R "dump /run/journal $exchange/journal" srv.img 2>/dev/null
}

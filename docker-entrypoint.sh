#!/bin/sh
# Makes a container ready to record, and becomes the command: sh docker-entrypoint.sh COMMAND [ARGUMENTS...]
#
# The W&B key comes from WANDB_API_KEY, or from the file named by WANDB_API_KEY_FILE. It is handed on in the environment
# alone, and never printed. A key that the server refuses ends the container with 2; without a key or a server the
# command runs offline.
set -eu

say() { printf 'docker-entrypoint: %s\n' "$1" >&2; }

# Docker passes the values of an --env-file as they stand there: with quotes, spaces, and the CR of a file from Windows.
bare() {
  printf '%s' "$1" | tr -d '\r' | sed -e 's/^[[:space:]]*//' -e 's/[[:space:]]*$//' \
    -e 's/^"\(.*\)"$/\1/' -e "s/^'\(.*\)'\$/\1/"
}

clean_environment() {
  for name in $(env | sed -n 's/^\(WANDB_[A-Z0-9_]*\|TRACKEXP_[A-Z0-9_]*\|KERAS_BACKEND\)=.*/\1/p'); do
    eval "value=\$(bare \"\${$name}\")"
    if [ -n "$value" ]; then
      export "$name=$value"
    else
      unset "$name"
    fi
  done
}

read_key_file() {
  if [ -z "${WANDB_API_KEY_FILE:-}" ] || [ -n "${WANDB_API_KEY:-}" ]; then
    return 0
  fi
  advice="mount a file with the key there, or take WANDB_API_KEY_FILE out of the environment"
  if [ ! -e "$WANDB_API_KEY_FILE" ]; then
    say "the key file $WANDB_API_KEY_FILE is not there: $advice"
    exit 2
  fi
  if [ ! -f "$WANDB_API_KEY_FILE" ] || [ ! -r "$WANDB_API_KEY_FILE" ]; then
    say "the key file $WANDB_API_KEY_FILE cannot be read by user $(id -u): $advice"
    exit 2
  fi
  WANDB_API_KEY=$(bare "$(cat "$WANDB_API_KEY_FILE")")
  if [ -z "$WANDB_API_KEY" ]; then
    say "the key file $WANDB_API_KEY_FILE is empty: $advice"
    exit 2
  fi
  export WANDB_API_KEY
}

log_in() {
  case "${WANDB_MODE:-}/${TRACKEXP_DISABLED:-}" in
    offline/* | dryrun/* | disabled/* | */1) return 0 ;;
  esac
  status=0
  python -m trackexp.tracking.opening.login || status=$?
  case $status in
    0) ;;
    3) export WANDB_MODE=offline ;; # it has been said: the runs need not say it again
    *) exit "$status" ;;
  esac
}

check_volume() {
  if [ ! -w "${WANDB_DIR:-.}" ]; then
    say "user $(id -u) cannot write to $WANDB_DIR, where runs are kept: mount a folder of that user's, or name its owner with --user"
  elif [ "${WANDB_MODE:-}" = offline ] && ! on_named_volume; then
    say "$WANDB_DIR is no volume of yours: what is recorded goes with the container; keep it with -v trackexp:$WANDB_DIR"
  fi
}

on_named_volume() {
  mounted=$(sed -n "s|^[^ ]* [^ ]* [^ ]* \([^ ]*\) ${WANDB_DIR:-/runs} .*|\1|p" /proc/self/mountinfo 2>/dev/null | tail -n 1)
  ! printf '%s\n' "${mounted:-/volumes/none/_data}" | grep -Eq '/volumes/([0-9a-f]{64}|none)/_data$'
}

clean_environment
read_key_file
log_in
check_volume

# A script is recorded, and `docker run trackexp show latest` is trackexp's own command.
case "${1:-}" in
  "") set -- trackexp --help ;;
  *.py) set -- trackexp run "$@" ;;
  *) command -v "$1" >/dev/null || set -- trackexp "$@" ;;
esac
exec "$@"

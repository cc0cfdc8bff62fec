#!/usr/bin/env bash
# The study of the ladder that MODEL_CARD.md tells: teacher, its head, its answers, then every rung from the same start, and the table.
# Each step is left out once it is done and goes on where it was stopped, so this can be run again until it says that nothing is left.
set -euo pipefail

usage() {
  cat >&2 <<'TEXT'
usage: weights/study.sh DATA STARTS RUNS [STEP…]
  DATA    images/ with labels.csv, images_224/ with labels_224.csv (the same lesions, larger), split.csv
  STARTS  teacher.safetensors (resnet50v2) and student.safetensors (MobileNetV2) to start from
  RUNS    where everything is written; some 10 GB
  STEP    teacher answers head ce-1 ce-2 control-1 control-2 kd-1 d-kd-1 ssd-kd-1 ssd-kd-2 table; all of them without any
EPOCHS (30), SIDE (128) and THREADS (all) may be set; the table says what they were.
TEXT
  exit 2
}

(($# >= 3)) || usage
data=$1 starts=$2 runs=$3
shift 3
steps=("$@")
((${#steps[@]})) || steps=(teacher answers head ce-1 ce-2 control-1 control-2 kd-1 d-kd-1 ssd-kd-1 ssd-kd-2 table)
epochs=${EPOCHS:-30} side=${SIDE:-128}
root=$(cd "$(dirname "$0")/.." && pwd)
program=$root/target/release/dermdistill
[[ -x $program ]] || { echo "$program is missing: run cargo build --release first" >&2; exit 1; }
mkdir -p "$runs"

ham=(--images "$data/images" --labels "$data/labels.csv" --where subset=HAM)
split=(--split "$data/split.csv")
threads=(${THREADS:+--threads "$THREADS"})
teacher=$runs/teacher/best.safetensors
# What every rung has in common: pictures, steps, schedule, resolution.
rung=("${ham[@]}" "${split[@]}" --side "$side" --epochs "$epochs" --batch 32 --majority-share 0.5 --rate 0.01 --warmup 0.05
  --weight-decay 5e-4 --average 0.998 --augment standard --keep loss "${threads[@]}")

# once NAME COMMAND…: a run in RUNS/NAME, begun, continued, or left out where it is done.
once() {
  local folder=$runs/$1 resume=()
  shift
  [[ -e $folder/done ]] && return
  [[ -e $folder/checkpoint.safetensors ]] && resume=(--resume)
  mkdir -p "$folder"
  printf '%q ' "$@" >"$folder/command"
  "$@" --output "$folder" "${resume[@]}"
  touch "$folder/done"
}

train_teacher() {
  once teacher "$program" train --network resnet50v2 "${ham[@]}" --images "$data/images_224" --labels "$data/labels_224.csv" "${split[@]}" \
    --start "$starts/teacher.safetensors" --side "$side" --batch 32 --epochs 5 --majority-share 0.35 --augment strong --mixup 0.3 --cutmix 0.2 \
    --weight-decay 1e-3 --average 0.998 --rate 0.005 --warmup 0.05 --seed 41 --freeze bn_in --freeze conv1 --freeze bn1 --freeze layer1 "${threads[@]}"
}

distil() {
  local name=$1
  shift
  once "$name" "$program" distill "${rung[@]}" --start "$starts/student.safetensors" --seed "${name##*-}" "$@"
}

# Every rung is calibrated and judged in the same way, one photograph a lesion.
judge() {
  local name=$1 prior
  [[ -e $runs/$name/done && ! -e $runs/$name/training.json ]] || return 0
  "$program" calibrate "$runs/$name/best.safetensors" "${ham[@]}" "${split[@]}" --log "$runs/$name/log.csv" --familiarity none \
    --output "$runs/$name/released.safetensors" >/dev/null
  for prior in equal training; do
    "$program" evaluate --weights "$runs/$name/released.safetensors" "${ham[@]}" "${split[@]}" --one-per-group --prior "$prior" --json \
      >"$runs/$name/$prior.part"
    mv "$runs/$name/$prior.part" "$runs/$name/$prior.json"
  done
}

# Whether a difference may be chance: RUNS/ONE-OTHER.json holds the paired interval.
against() {
  local one=$1 other=$2
  [[ -e $runs/$one/training.json && -e $runs/$other/training.json ]] || return 0
  "$program" compare "$runs/$one/released.safetensors" "$runs/$other/released.safetensors" "${ham[@]}" "${split[@]}" --one-per-group \
    --prior equal --json >"$runs/$one-$other.json"
}

for step in "${steps[@]}"; do
  printf '\n== %s\n' "$step"
  case $step in
    teacher) train_teacher ;;
    head)
      once head "$program" phase1 --teacher "$teacher" "${ham[@]}" "${split[@]}" --side "$side" --epochs 20 --batch 32 --augment none \
        --teacher-answers "$runs/teacher.answers" "${threads[@]}"
      ;;
    answers)
      "$program" teach --weights "$teacher" "${ham[@]}" "${split[@]}" --side "$side" --maps --cache "$runs/teacher.answers" "${threads[@]}"
      ;;
    ce-*) distil "$step" --method ce ;;
    control-*) distil "$step" --method ce --views 4 --every-view ;;
    kd-*) distil "$step" --method kd --teacher-answers "$runs/teacher.answers" ;;
    d-kd-*) distil "$step" --method d-kd --teacher-answers "$runs/teacher.answers" ;;
    ssd-kd-*) distil "$step" --method ssd-kd --teacher-answers "$runs/teacher.answers" --teacher-head "$runs/head/best.safetensors" ;;
    table)
      for run in "$runs"/{teacher,ce,control,kd,d-kd,ssd-kd}*/; do judge "$(basename "$run")"; done
      for seed in 1 2; do against "control-$seed" "ssd-kd-$seed"; done
      for method in kd-1 d-kd-1 ssd-kd-1; do against ce-1 "$method"; done
      python3 "$root/weights/study.py" "$runs"
      ;;
    *) usage ;;
  esac
done

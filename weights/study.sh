#!/usr/bin/env bash
# The study of the ladder that MODEL_CARD.md tells: teacher, its head, its answers, then every rung from the same start, and the table.
# Each step is left out once it is done and goes on where it was stopped, so this can be run again until it says that nothing is left. What is
# done is kept in weights/study (a log, the figures, the weights in f16), so that another machine goes on where this one stopped.
set -euo pipefail

usage() {
  cat >&2 <<'TEXT'
usage: weights/study.sh DATA STARTS RUNS [STEP…]
  DATA    images/ with labels.csv, images_224/ with labels_224.csv (the same lesions, larger), split.csv
  STARTS  teacher.safetensors (resnet50v2) and student.safetensors (MobileNetV2) to start from; optionally ham.csv and 224.csv, a
          committee's answers (dermdistill teach --table) for both folders of images, which the teacher then learns beside the labels
  RUNS    where checkpoints and answers are written; some 10 GB
  STEP    teacher answers head ce-1 ce-2 control-1 control-2 kd-1 d-kd-1 ssd-kd-1 ssd-kd-2 committee student-heads remedy-1 remedy-2 views-1
          table; all of them without any
EPOCHS (10), SIDE (128), TEACHER_EPOCHS (6), TEACHER_SIDE (160) and THREADS (all) may be set; each run's command is kept beside its log.
TEXT
  exit 2
}

(($# >= 3)) || usage
data=$1 starts=$2 runs=$3
shift 3
steps=("$@")
((${#steps[@]})) || steps=(teacher answers head ce-1 ce-2 control-1 control-2 kd-1 d-kd-1 ssd-kd-1 ssd-kd-2
  committee student-heads remedy-1 remedy-2 views-1 table)
epochs=${EPOCHS:-10} side=${SIDE:-128}
root=$(cd "$(dirname "$0")/.." && pwd)
program=$root/target/release/dermdistill
kept=$root/weights/study
[[ -x $program ]] || { echo "$program is missing: run cargo build --release first" >&2; exit 1; }
mkdir -p "$runs" "$kept"

ham=(--images "$data/images" --labels "$data/labels.csv" --where subset=HAM)
split=(--split "$data/split.csv")
threads=(${THREADS:+--threads "$THREADS"})
# Released: every student learns from the files that others can have.
teacher=$root/weights/teacher.safetensors
teacher_head=$root/weights/teacher_ss_head.safetensors
# Training heads for the released student, with which a page goes on.
student_heads=$root/weights/student_heads.safetensors
# What every rung has in common: pictures, steps, schedule, resolution.
rung=("${ham[@]}" "${split[@]}" --side "$side" --epochs "$epochs" --batch 32 --majority-share 0.5 --rate 0.01 --warmup 0.05
  --weight-decay 5e-4 --average 0.998 --augment standard --keep loss "${threads[@]}")

# SSD-KD as the reference weighs it; the command line's default, which the remedy takes, is another (docs/DESIGN.md, The ladder).
reference=(--every-view=false --weight cross_entropy=0.1 --weight softened=0.9 --weight transferred=2.7 --weight similarity=10
  --weight distance=25 --weight angle=50 --weight gram=1000)

# once NAME COMMAND…: a run in RUNS/NAME, begun, continued, or left out where it is done; its log and its command are kept.
once() {
  local folder=$runs/$1 log=$kept/$1/log.csv resume=() command
  [[ -e $log ]] && return
  command="dermdistill ${*:3}"
  [[ -e $folder/checkpoint.safetensors ]] && resume=(--resume)
  mkdir -p "$folder" "${log%/*}"
  "${@:2}" --output "$folder" "${resume[@]}"
  command=${command//"$data"/DATA} command=${command//"$starts"/STARTS} command=${command//"$runs"/RUNS}
  printf '%s\n' "${command//"$root/"/}" >"${log%/*}/command"
  cp "$folder/log.csv" "$log"
}

train_teacher() {
  local answers=()
  [[ -e $starts/ham.csv ]] && answers=(--teacher-outputs "$starts/ham.csv" --teacher-outputs "$starts/224.csv" --teacher-share 0.7)
  once teacher "$program" train --network resnet50v2 "${ham[@]}" --images "$data/images_224" --labels "$data/labels_224.csv" "${split[@]}" \
    --start "$starts/teacher.safetensors" --side "${TEACHER_SIDE:-160}" --batch 32 --epochs "${TEACHER_EPOCHS:-6}" --majority-share 0.25 \
    --augment strong --mixup 0.3 --cutmix 0.2 --weight-decay 1e-3 --average 0.998 --rate 0.005 --warmup 0.05 --seed 41 \
    --freeze bn_in --freeze conv1 --freeze bn1 --freeze layer1 --freeze layer2 "${answers[@]}" "${threads[@]}"
}

distil() {
  local name=$1
  shift
  once "$name" "$program" distill "${rung[@]}" --start "$starts/student.safetensors" --seed "${name##*-}" "$@"
  judge "$name"
}

# Every rung is calibrated and judged in the same way, one photograph a lesion, and its weights kept in f16.
judge() {
  local name=$1 folder=$kept/$1 prior weights=${2:-$kept/$1/weights.safetensors}
  [[ -e $folder/log.csv && ! -e $folder/training.json ]] || return 0
  [[ -e $weights ]] ||
    "$program" calibrate "$runs/$name/best.safetensors" "${ham[@]}" "${split[@]}" --log "$folder/log.csv" --card "$root/weights/study.json" \
      --familiarity none --output "$weights" >/dev/null
  for prior in equal training; do
    "$program" evaluate --weights "$weights" "${ham[@]}" "${split[@]}" --one-per-group --prior "$prior" --json >"$runs/$name/$prior.json"
    mv "$runs/$name/$prior.json" "$folder/$prior.json"
  done
}

# Whether a difference may be chance: weights/study/ONE-OTHER-PRIOR.json holds the paired intervals.
against() {
  local one=$kept/$1/weights.safetensors other=$kept/$2/weights.safetensors prior found
  [[ -e $one && -e $other ]] || return 0
  for prior in equal training; do
    found=$kept/$1-$2-$prior.json
    [[ -e $found ]] && continue
    "$program" compare "$one" "$other" "${ham[@]}" "${split[@]}" --one-per-group --prior "$prior" --json >"$runs/compared.json"
    mv "$runs/compared.json" "$found"
  done
}

for step in "${steps[@]}"; do
  printf '\n== %s\n' "$step"
  case $step in
    teacher)
      train_teacher
      [[ -e $teacher ]] || "$program" calibrate "$runs/teacher/best.safetensors" "${ham[@]}" "${split[@]}" --log "$kept/teacher/log.csv" \
        --card "$root/weights/teacher.json" --mirror --familiarity none --output "$teacher"
      judge teacher "$teacher"
      ;;
    answers)
      "$program" teach --weights "$teacher" "${ham[@]}" "${split[@]}" --side "$side" --maps --cache "$runs/teacher.answers" "${threads[@]}"
      ;;
    head)
      once head "$program" phase1 --teacher "$teacher" "${ham[@]}" "${split[@]}" --side "$side" --epochs 8 --batch 32 --augment none \
        --teacher-answers "$runs/teacher.answers" "${threads[@]}"
      [[ -e $teacher_head ]] || "$program" convert "$runs/head/best.safetensors" --precision f16 --output "$teacher_head"
      ;;
    ce-*) distil "$step" --method ce ;;
    control-*) distil "$step" --method ce --views 4 --every-view ;;
    kd-*) distil "$step" --method kd --teacher-answers "$runs/teacher.answers" ;;
    d-kd-*) distil "$step" --method d-kd --teacher-answers "$runs/teacher.answers" ;;
    ssd-kd-*) distil "$step" --method ssd-kd "${reference[@]}" --teacher-answers "$runs/teacher.answers" --teacher-head "$teacher_head" ;;
    # The teacher and the control together: they err on different lesions, so that what they agree on is better than what either says.
    committee)
      "$program" teach --weights "$teacher" --weights "$kept/control-1/weights.safetensors" "${ham[@]}" "${split[@]}" --side "$side" --maps \
        --cache "$runs/committee.answers" "${threads[@]}"
      ;;
    # What the heads learn from, pooled rows and maps, is the teacher's in the committee's answers as well.
    student-heads)
      once student-heads "$program" distill "${ham[@]}" "${split[@]}" --side "$side" --method ssd-kd "${reference[@]}" \
        --teacher-answers "$runs/committee.answers" --teacher-head "$teacher_head" --start "$root/weights/student.safetensors" \
        --freeze features --freeze classifier --norms frozen --epochs 1 --batch 32 --majority-share 0.5 --rate 0.01 --warmup 0.05 --augment standard \
        --average 0.99 --seed 1 "${threads[@]}"
      [[ -e $student_heads ]] || "$program" convert "$runs/student-heads/best_heads.safetensors" --precision f16 --card "$root/weights/student_heads.json" \
        --output "$student_heads"
      ;;
    remedy-*) distil "$step" --method ssd-kd --teacher-answers "$runs/committee.answers" --teacher-head "$teacher_head" ;;
    # What the remedy is without its relations: the committee's answers beside the labels, both on every view.
    views-*) distil "$step" --method kd --views 4 --every-view --teacher-answers "$runs/committee.answers" ;;
    table)
      for seed in 1 2; do
        for control in control-1 control-2; do
          against "$control" "ssd-kd-$seed"
          against "$control" "remedy-$seed"
        done
        against "ssd-kd-$seed" "remedy-$seed"
      done
      for other in control-1 control-2 remedy-1; do against "$other" views-1; done
      for method in kd-1 d-kd-1 ssd-kd-1; do against ce-1 "$method"; done
      for method in d-kd-1 ssd-kd-1 remedy-1; do against kd-1 "$method"; done
      python3 "$root/weights/study.py" "$kept"
      ;;
    *) usage ;;
  esac
done

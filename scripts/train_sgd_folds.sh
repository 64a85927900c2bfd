#!/usr/bin/env bash
# Three trainings on the Himalayan sample tiles, each with one region held out, and their scores beside the band ratio
# whose thresholds were tuned on the regions trained on (docs/training.md, "What was measured").
#   scripts/train_sgd_folds.sh DATA OUT [EPOCHS]
set -euo pipefail
data=$1 out=$2 epochs=${3:-45}
here=$(cd "$(dirname "$0")/.." && pwd)
icemargin="$here/.venv/bin/icemargin"
"$here/.venv/bin/python" "$here/scripts/sgd_dataset.py" "$data" "$out"
cd "$out"
for fold in "C A B" "B A C" "A B C"; do
    read -r held first second <<<"$fold"
    [ -e "run_$held/last.ckpt" ] || "$icemargin" train --small --train "${first}_train.hdf5" "${second}_train.hdf5" \
        --val "${first}_val.hdf5" "${second}_val.hdf5" --features optical:blue,green,red,nir,swir1 dem \
        --epochs "$epochs" --set patch=256 loss.smoothing=0.05 --out "run_$held"
    "$icemargin" calibrate "run_$held" --data "${first}_val.hdf5" "${second}_val.hdf5"
    "$icemargin" evaluate "run_$held" --test "spatial=$held.hdf5" --trained-on "${first}_train.hdf5" "${second}_train.hdf5" \
        --tune-on "${first}_train.hdf5" "${second}_train.hdf5" --beside classic --json "scores_$held.json" \
        --report "scores_$held.html"
done

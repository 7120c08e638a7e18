Require Import List Arith Lia.
Import ListNotations.

(* An entry has the term that made it and a command. *)
Definition Log := list (nat * nat).
Record State := {
  term : nat -> nat;                        (* the current term of a server *)
  log : nat -> Log;
  leader : nat -> option nat;               (* who was elected in a term *)
  made : list Log;                          (* the log of a leader each time it appended an entry *)
  sent : list (nat * Log) }.                (* term and log of a leader that sends; may arrive late, often or never *)

Definition set {V} (f : nat -> V) (k : nat) (v : V) : nat -> V := fun x => if x =? k then v else f x.
Definition start : State := {| term := fun _ => 0; log := fun _ => []; leader := fun _ => None; made := []; sent := [] |}.

Section Raft.
  Variable once : Prop.                     (* elections happen once in a term *)
  Variable compares : Prop.                 (* a follower compares the entry before the one it is sent *)

  Definition agrees (mine theirs : Log) (k : nat) : Prop :=
    k = 0 \/ exists p v w, nth_error theirs (k - 1) = Some (p, v) /\ nth_error mine (k - 1) = Some (p, w).

  Inductive step (s : State) : State -> Prop :=
  | elect : forall l t, (once -> leader s t = None) -> term s l < t ->
      step s {| term := set (term s) l t; log := log s; leader := set (leader s) t (Some l); made := made s; sent := sent s |}
  | learn : forall n t, term s n < t ->
      step s {| term := set (term s) n t; log := log s; leader := leader s; made := made s; sent := sent s |}
  | append : forall l v, leader s (term s l) = Some l ->
      step s {| term := term s; log := set (log s) l (log s l ++ [(term s l, v)]); leader := leader s;
                made := (log s l ++ [(term s l, v)]) :: made s; sent := sent s |}
  | send : forall l, leader s (term s l) = Some l ->
      step s {| term := term s; log := log s; leader := leader s; made := made s; sent := (term s l, log s l) :: sent s |}
  | receive : forall f t L k e, In (t, L) (sent s) -> term s f <= t -> leader s t <> Some f ->
      nth_error L k = Some e -> (compares -> agrees (log s f) L k) ->
      step s {| term := set (term s) f t; log := set (log s) f (firstn k (log s f) ++ [e]); leader := leader s;
                made := made s; sent := sent s |}.

  Inductive reachable : State -> Prop :=
  | at_start : reachable start
  | after_step : forall s t, reachable s -> step s t -> reachable t.
End Raft.

Definition ends (L : Log) (t : nat) : Prop := exists P v, L = P ++ [(t, v)].
Definition rooted (made : list Log) (L : Log) : Prop := forall k, k < length L -> In (firstn (S k) L) made.

Record Invariant (s : State) : Prop := {
  logs : forall n, rooted (made s) (log s n);
  messages : forall t L, In (t, L) (sent s) -> rooted (made s) L;
  unique : forall L M t, In L (made s) -> In M (made s) -> ends L t -> ends M t -> length L = length M -> L = M;
  source : forall M t, In M (made s) -> ends M t -> exists l, leader s t = Some l /\
    (term s l = t -> exists rest, log s l = M ++ rest);
  elected : forall t l, leader s t = Some l -> t <= term s l }.

Notation Step := (step True True).
Notation Reachable := (reachable True True).

Lemma ends_once : forall L t u, ends L t -> ends L u -> t = u.
Proof. intros L t u (P & v & E) (Q & w & F). subst. apply app_inj_tail in F as [_ F]. congruence. Qed.

Lemma firstn_last : forall (L : Log) k e, nth_error L k = Some e -> firstn (S k) L = firstn k L ++ [e].
Proof.
  induction L as [|x L IH]; intros k e H; destruct k; try discriminate; simpl in *; [congruence|].
  f_equal. apply IH, H.
Qed.

Lemma rooted_more : forall m x L, rooted m L -> rooted (x :: m) L.
Proof. intros m x L R k H. right. apply R, H. Qed.

Lemma rooted_append : forall m L e, rooted m L -> rooted ((L ++ [e]) :: m) (L ++ [e]).
Proof.
  intros m L e R k H. rewrite length_app in H. simpl in H.
  destruct (Nat.eq_dec k (length L)) as [E|N].
  - left. subst. rewrite firstn_all2; [reflexivity|]. rewrite length_app. simpl. lia.
  - right. rewrite firstn_app. replace (S k - length L) with 0 by lia. simpl. rewrite app_nil_r. apply R. lia.
Qed.

(* Where the entry before agrees, what a follower has up to there is what the leader had. *)
Lemma received : forall s f t L k e, Invariant s -> In (t, L) (sent s) -> nth_error L k = Some e ->
  agrees (log s f) L k -> firstn k (log s f) ++ [e] = firstn (S k) L.
Proof.
  intros s f t L k e I In_ E A. rewrite (firstn_last _ _ _ E). f_equal.
  destruct A as [Z | (p & v & w & H & J)]; [subst; reflexivity|].
  destruct k as [|k]; [reflexivity|]. simpl in H, J. rewrite Nat.sub_0_r in H, J.
  assert (X : k < length L) by (apply nth_error_Some; congruence).
  assert (Y : k < length (log s f)) by (apply nth_error_Some; congruence).
  apply (unique s I) with (t := p).
  - apply (logs s I), Y.
  - apply (messages s I _ _ In_), X.
  - exists (firstn k (log s f)), w. apply firstn_last, J.
  - exists (firstn k L), v. apply firstn_last, H.
  - rewrite !length_firstn. lia.
Qed.

Lemma rooted_firstn : forall m L j, rooted m L -> rooted m (firstn j L).
Proof.
  intros m L j R k H. rewrite length_firstn in H. rewrite firstn_firstn.
  replace (Nat.min (S k) j) with (S k) by lia. apply R. lia.
Qed.

Lemma invariant_start : Invariant start.
Proof. constructor; simpl; try contradiction; try discriminate. intros n k H. simpl in H. lia. Qed.

Lemma invariant_step : forall s t, Invariant s -> Step s t -> Invariant t.
Proof.
  intros s t I H. destruct H as [l t O Lt | n t Lt | l v Ld | l Ld | f t L k e In_ Le NL E A].
  - destruct I as [I1 I2 I3 I4 I5]. specialize (O Logic.I). constructor; simpl; auto.
    + intros M u Mm Em. destruct (I4 M u Mm Em) as (x & X & Y).
      assert (u <> t) by congruence. exists x. unfold set. split.
      * destruct (Nat.eqb_spec u t); congruence.
      * destruct (Nat.eqb_spec x l); [congruence | exact Y].
    + intros u x. unfold set. destruct (Nat.eqb_spec u t); intro X.
      * injection X as X. subst. rewrite Nat.eqb_refl. lia.
      * specialize (I5 u x X). destruct (Nat.eqb_spec x l); subst; lia.
  - destruct I as [I1 I2 I3 I4 I5]. constructor; simpl; auto.
    + intros M u Mm Em. destruct (I4 M u Mm Em) as (x & X & Y). exists x. split; [exact X|].
      unfold set. destruct (Nat.eqb_spec x n); [|exact Y]. subst. intro. subst. specialize (I5 _ _ X). lia.
    + intros u x X. specialize (I5 u x X). unfold set. destruct (Nat.eqb_spec x n); subst; lia.
  - destruct I as [I1 I2 I3 I4 I5].
    assert (Fresh : forall M, In M (made s) -> ends M (term s l) -> length M <> length (log s l ++ [(term s l, v)])).
    { intros M Mm Em Len. destruct (I4 M _ Mm Em) as (x & X & Y). assert (x = l) by congruence. subst.
      destruct (Y eq_refl) as [rest R]. rewrite R in Len at 1. rewrite !length_app in Len. simpl in Len.
      assert (length (log s l) = length M + length rest) by (rewrite R; apply length_app). lia. }
    assert (Tip : ends (log s l ++ [(term s l, v)]) (term s l)) by (exists (log s l), v; reflexivity).
    constructor; simpl; auto.
    + intro n. unfold set. destruct (Nat.eqb_spec n l); [apply rooted_append, I1 | apply rooted_more, I1].
    + intros u L S. apply rooted_more. eapply I2. exact S.
    + intros L M u [X|X] [Y|Y] EL EM Len; subst.
      * reflexivity.
      * pose proof (ends_once _ _ _ EL Tip). subst. exfalso. eapply Fresh; [exact Y | exact EM | congruence].
      * pose proof (ends_once _ _ _ EM Tip). subst. exfalso. eapply Fresh; [exact X | exact EL | congruence].
      * eapply I3; eassumption.
    + intros M u [X|X] EM.
      * subst. pose proof (ends_once _ _ _ EM Tip). subst. exists l. split; [exact Ld|]. intros _.
        exists []. unfold set. rewrite Nat.eqb_refl, app_nil_r. reflexivity.
      * destruct (I4 M u X EM) as (x & Y & Z). exists x. split; [exact Y|]. intro W. destruct (Z W) as [rest R].
        unfold set. destruct (Nat.eqb_spec x l); [|exists rest; exact R]. subst.
        exists (rest ++ [(term s l, v)]). rewrite R at 1. rewrite app_assoc. reflexivity.
  - destruct I as [I1 I2 I3 I4 I5]. constructor; simpl; auto.
    intros u L [X|X]; [injection X as X1 X2; subst; apply I1 | eapply I2; exact X].
  - pose proof (received s f t L k e I In_ E (A Logic.I)) as X.
    destruct I as [I1 I2 I3 I4 I5]. constructor; simpl; auto.
    + intro n. unfold set. destruct (Nat.eqb_spec n f); [|apply I1]. rewrite X. apply rooted_firstn. eapply I2. exact In_.
    + intros M u Mm Em. destruct (I4 M u Mm Em) as (x & Y & Z). exists x. split; [exact Y|].
      unfold set. destruct (Nat.eqb_spec x f); [|exact Z]. subst. intro. subst. congruence.
    + intros u x Y. specialize (I5 u x Y). unfold set. destruct (Nat.eqb_spec x f); subst; lia.
Qed.

Theorem log_matching : forall s m n k t v w, Reachable s ->
  nth_error (log s m) k = Some (t, v) -> nth_error (log s n) k = Some (t, w) ->
  firstn (S k) (log s m) = firstn (S k) (log s n).
Proof.
  intros s m n k t v w R M N.
  assert (I : Invariant s) by (clear M N; induction R; [exact invariant_start | eapply invariant_step; eassumption]).
  assert (X : k < length (log s m)) by (apply nth_error_Some; congruence).
  assert (Y : k < length (log s n)) by (apply nth_error_Some; congruence).
  apply (unique s I) with (t := t).
  - apply (logs s I), X.
  - apply (logs s I), Y.
  - exists (firstn k (log s m)), v. apply firstn_last, M.
  - exists (firstn k (log s n)), w. apply firstn_last, N.
  - rewrite !length_firstn. lia.
Qed.

(* What each premise is for: runs, built step by step, in which equal terms at one place have different entries before. *)
Ltac continue H := match goal with R : reachable ?o ?c ?s |- _ =>
  let N := fresh in pose proof (after_step o c s _ R H) as N; clear R; rename N into R;
  cbv beta iota delta [start term log leader made sent] in R end.
Ltac elects l t := match goal with R : reachable ?o ?c ?s |- _ =>
  continue (elect o c s l t ltac:(first [intros []; fail | intros _; reflexivity | intros F; destruct F]) ltac:(cbv; lia)) end.
Ltac appends l v := match goal with R : reachable ?o ?c ?s |- _ => continue (append o c s l v ltac:(reflexivity)) end.
Ltac sends l := match goal with R : reachable ?o ?c ?s |- _ => continue (send o c s l ltac:(reflexivity)) end.
Ltac receives f t L k e := match goal with R : reachable ?o ?c ?s |- _ =>
  continue (receive o c s f t L k e ltac:(cbv; tauto) ltac:(cbv; lia) ltac:(cbv; discriminate) ltac:(reflexivity)
    ltac:(first [intros F; destruct F; fail | intros _; left; reflexivity | intros F; destruct F])) end.
Ltac differ m n := eexists; split; [eassumption | exists m, n, 1; eexists; eexists; eexists;
  split; [reflexivity | split; [reflexivity | cbv; discriminate]]].
Definition mismatch (s : State) : Prop := exists m n k t v w,
  nth_error (log s m) k = Some (t, v) /\ nth_error (log s n) k = Some (t, w) /\
  firstn (S k) (log s m) <> firstn (S k) (log s n).

Theorem comparison_needed : exists s, reachable True False s /\ mismatch s.
Proof.
  pose proof (at_start True False) as R.
  elects 1 1. appends 1 7. elects 2 2. appends 2 8. appends 2 9. sends 2.
  receives 1 2 [(2, 8); (2, 9)] 1 (2, 9).
  differ 1 2.
Qed.

Theorem single_leader_needed : exists s, reachable False True s /\ mismatch s.
Proof.
  pose proof (at_start False True) as R.
  elects 1 1. appends 1 7. appends 1 9. elects 2 1. appends 2 8. appends 2 9.
  differ 1 2.
Qed.

Theorem entries_are_copied : exists s, reachable True True s /\ log s 3 = [(1, 7)].
Proof.
  pose proof (at_start True True) as R.
  elects 1 1. appends 1 7. sends 1. receives 3 1 [(1, 7)] 0 (1, 7).
  eexists. split; [exact R | reflexivity].
Qed.
